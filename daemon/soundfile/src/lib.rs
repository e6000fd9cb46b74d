//! Decodes and encodes audio over streams it is given, with limits against hostile input.
