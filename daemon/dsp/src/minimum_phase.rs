use crate::fft::Fft;

/// Where a filter's stop band ends for the logarithm: its zeros would have none.
const FLOOR: f64 = 1e-10;

/// The filter with the same magnitude whose energy comes first (A. Oppenheim, R. Schafer, "Discrete-Time Signal
/// Processing", 13.5: the cepstrum folded to positive times).
///
/// Computed over at least eight times the filter's length, so that the cepstrum has died away.
pub(crate) fn minimum_phase(taps: &[f64]) -> Vec<f64> {
    let length = (8 * taps.len()).next_power_of_two();
    let fft = Fft::new(length.trailing_zeros());
    let (mut re, mut im) = (vec![0.0; length], vec![0.0; length]);
    re[..taps.len()].copy_from_slice(taps);
    fft.forward(&mut re, &mut im);
    let top = re
        .iter()
        .zip(&im)
        .map(|(re, im)| re * re + im * im)
        .fold(0.0, f64::max);
    for (re, im) in re.iter_mut().zip(&mut im) {
        let power = (*re * *re + *im * *im).max(top * FLOOR * FLOOR);
        (*re, *im) = (0.5 * libm::log(power), 0.0);
    }
    // The swapped parts make the forward transform an inverse one.
    fft.forward(&mut im, &mut re);
    let scale = 1.0 / length as f64;
    for (n, x) in re.iter_mut().enumerate() {
        *x *= match n {
            n if n == 0 || n == length / 2 => scale,
            n if n < length / 2 => 2.0 * scale,
            _ => 0.0,
        };
    }
    im.fill(0.0);
    fft.forward(&mut re, &mut im);
    for (re, im) in re.iter_mut().zip(&mut im) {
        let size = libm::exp(*re);
        (*re, *im) = (size * libm::cos(*im), size * libm::sin(*im));
    }
    fft.forward(&mut im, &mut re);
    re.truncate(taps.len());
    re.iter_mut().for_each(|x| *x *= scale);
    re
}
