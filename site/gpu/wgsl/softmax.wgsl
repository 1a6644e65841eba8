// Softmax over the channels of each pixel.

override CHANNELS: i32;
override BLOCKS: i32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  if (thread.x >= arrayLength(&y)) {
    return;
  }
  let place = i32(thread.x);
  let own = place % BLOCKS;
  let start = place - own;
  var largest = x[start].x;
  for (var channel = 0; channel < CHANNELS; channel++) {
    largest = max(largest, x[start + channel / 4][channel % 4]);
  }
  var total = 0.0;
  for (var channel = 0; channel < CHANNELS; channel++) {
    total += exp(x[start + channel / 4][channel % 4] - largest);
  }
  let padding = vec4i(0, 1, 2, 3) + 4 * own >= vec4i(CHANNELS);
  y[place] = select(exp(x[place] - largest) / total, vec4f(), padding);
}
