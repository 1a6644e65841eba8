// DepthwiseConv2D with one filter for each channel.

override SOURCE_HEIGHT: i32;
override SOURCE_WIDTH: i32;
override HEIGHT: i32;
override WIDTH: i32;
override BLOCKS: i32;
override KERNEL_HEIGHT: i32;
override KERNEL_WIDTH: i32;
override STRIDE_DOWN: i32;
override STRIDE_ACROSS: i32;
override DILATION_DOWN: i32;
override DILATION_ACROSS: i32;
override TOP: i32;
override LEFT: i32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> kernel: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  if (thread.x >= arrayLength(&y)) {
    return;
  }
  let place = i32(thread.x);
  let channels = place % BLOCKS;
  let pixel = place / BLOCKS;
  let left = pixel % WIDTH * STRIDE_ACROSS - LEFT;
  let top = pixel / WIDTH % HEIGHT * STRIDE_DOWN - TOP;
  let image = pixel / (WIDTH * HEIGHT);
  var total = bias[channels];
  for (var i = 0; i < KERNEL_HEIGHT; i++) {
    let y0 = top + i * DILATION_DOWN;
    if (y0 < 0 || y0 >= SOURCE_HEIGHT) {
      continue;
    }
    for (var j = 0; j < KERNEL_WIDTH; j++) {
      let x0 = left + j * DILATION_ACROSS;
      if (x0 < 0 || x0 >= SOURCE_WIDTH) {
        continue;
      }
      let value = x[((image * SOURCE_HEIGHT + y0) * SOURCE_WIDTH + x0) * BLOCKS + channels];
      total += value * kernel[(i * KERNEL_WIDTH + j) * BLOCKS + channels];
    }
  }
  y[place] = activated(total);
}
