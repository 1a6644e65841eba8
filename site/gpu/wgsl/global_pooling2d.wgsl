// GlobalMaxPooling2D and GlobalAveragePooling2D.

override PIXELS: i32;
override BLOCKS: i32;
override AVERAGE: i32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  if (thread.x >= arrayLength(&y)) {
    return;
  }
  let place = i32(thread.x);
  let start = place / BLOCKS * PIXELS * BLOCKS + place % BLOCKS;
  var total = vec4f();
  var largest = x[start];
  for (var pixel = 0; pixel < PIXELS; pixel++) {
    let value = x[start + pixel * BLOCKS];
    total += value;
    largest = max(largest, value);
  }
  y[place] = select(largest, total / f32(PIXELS), AVERAGE == 1);
}
