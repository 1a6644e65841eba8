// ZeroPadding2D.

override SOURCE_HEIGHT: i32;
override SOURCE_WIDTH: i32;
override HEIGHT: i32;
override WIDTH: i32;
override BLOCKS: i32;
override TOP: i32;
override LEFT: i32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  if (thread.x >= arrayLength(&y)) {
    return;
  }
  let place = i32(thread.x);
  let channels = place % BLOCKS;
  let pixel = place / BLOCKS;
  let column = pixel % WIDTH - LEFT;
  let row = pixel / WIDTH % HEIGHT - TOP;
  let image = pixel / (WIDTH * HEIGHT);
  var value = vec4f();
  if (row >= 0 && row < SOURCE_HEIGHT && column >= 0 && column < SOURCE_WIDTH) {
    value = x[((image * SOURCE_HEIGHT + row) * SOURCE_WIDTH + column) * BLOCKS + channels];
  }
  y[place] = value;
}
