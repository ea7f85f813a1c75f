/**
 * The low-pass that both directions of the resampler share: 83 taps at 24 kHz, linear phase, equiripple; pass band to
 * 3400 Hz within 0.022 dB, stop band from 4600 Hz 92 dB down. What folds into 300-3400 Hz at 8 kHz comes from 4600 Hz
 * and above, hence the edges; between them, nothing that is kept is touched. Delay: 41 samples, 1.71 ms.
 * Designed by bench/design_lowpass.ts, which prints this table.
 */
const HALF: readonly number[] = [
  0.000065411995,
  0.000135989229,
  0.000095533715,
  -0.000187496837,
  -0.000646258514,
  -0.000925036264,
  -0.000608191703,
  0.000309308304,
  0.001166788142,
  0.001046419416,
  -0.000300170497,
  -0.001867688468,
  -0.002006206990,
  -0.000024024012,
  0.002670554450,
  0.003379130770,
  0.000667731545,
  -0.003615701386,
  -0.005313714601,
  -0.001805133897,
  0.004654330404,
  0.007948800674,
  0.003641207122,
  -0.005739764760,
  -0.011503957190,
  -0.006491202784,
  0.006813714504,
  0.016365965114,
  0.010903630564,
  -0.007811160708,
  -0.023344259637,
  -0.018023336607,
  0.008668375351,
  0.034509592668,
  0.030911065547,
  -0.009327426468,
  -0.057035287227,
  -0.061805930834,
  0.009742754037,
  0.141584515620,
  0.270149402895,
  0.323448722967,
];

/** The impulse response at 24 kHz, symmetric about its middle; its gain is 1 within the ripple. */
export const LOWPASS: Float64Array = Float64Array.of(...HALF, ...HALF.slice(0, -1).reverse());
