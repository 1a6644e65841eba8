// Before every kernel: how values lie in buffers, and what kernels share.
//
// A value is images of (height, width, channels). A vec4f holds four channels of a pixel, the last of them padded with
// zeros: a block. Blocks lie pixel by pixel, image after image. A kernel's last binding, y, is its result; a thread
// whose place lies beyond its end does nothing.

override ACTIVATION: i32 = 0;

fn activated(value: vec4f) -> vec4f {
  if (ACTIVATION == 1) {
    return max(value, vec4f());
  }
  if (ACTIVATION == 2) {
    return clamp(value, vec4f(), vec4f(6.0));
  }
  return value;
}
