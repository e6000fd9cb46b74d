//! What a delivery consists of, as bytes: names, BWF chunks, tags, BagIt descriptors.
