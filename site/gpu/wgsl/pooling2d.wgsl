// MaxPooling2D and AveragePooling2D. What lies outside the image is zeros that were put there, and counts.

override SOURCE_HEIGHT: i32;
override SOURCE_WIDTH: i32;
override HEIGHT: i32;
override WIDTH: i32;
override BLOCKS: i32;
override POOL_HEIGHT: i32;
override POOL_WIDTH: i32;
override STRIDE_DOWN: i32;
override STRIDE_ACROSS: i32;
override TOP: i32;
override LEFT: i32;
override AVERAGE: i32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

fn source(image: i32, row: i32, column: i32, channels: i32) -> vec4f {
  if (row < 0 || row >= SOURCE_HEIGHT || column < 0 || column >= SOURCE_WIDTH) {
    return vec4f();
  }
  return x[((image * SOURCE_HEIGHT + row) * SOURCE_WIDTH + column) * BLOCKS + channels];
}

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
  var total = vec4f();
  var largest = source(image, top, left, channels);
  for (var i = 0; i < POOL_HEIGHT; i++) {
    for (var j = 0; j < POOL_WIDTH; j++) {
      let value = source(image, top + i, left + j, channels);
      total += value;
      largest = max(largest, value);
    }
  }
  y[place] = select(largest, total / f32(POOL_HEIGHT * POOL_WIDTH), AVERAGE == 1);
}
