// Flatten where the blocks of the source have padding: an image's values, without it, as one vector.

override PIXELS: i32;
override CHANNELS: i32;
override SOURCE_BLOCKS: i32;
override BLOCKS: i32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

fn value(image: i32, place: i32) -> f32 {
  if (place >= PIXELS * CHANNELS) {
    return 0.0;
  }
  let pixel = place / CHANNELS;
  let channel = place % CHANNELS;
  return x[(image * PIXELS + pixel) * SOURCE_BLOCKS + channel / 4][channel % 4];
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  if (thread.x >= arrayLength(&y)) {
    return;
  }
  let image = i32(thread.x) / BLOCKS;
  let first = 4 * (i32(thread.x) % BLOCKS);
  y[thread.x] = vec4f(value(image, first), value(image, first + 1), value(image, first + 2), value(image, first + 3));
}
