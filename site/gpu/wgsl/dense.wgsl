// Dense, of one vector an image. The inputs are cut into slices; their sums are added up afterwards.

override SOURCE_BLOCKS: i32;
override BLOCKS: i32;
override SLICES: i32;
override SLICE: i32; // blocks of inputs

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
  let units = place % BLOCKS;
  let slice = place / BLOCKS % SLICES;
  let image = place / (BLOCKS * SLICES);
  let end = min((slice + 1) * SLICE, SOURCE_BLOCKS);
  var total = select(vec4f(), bias[units], slice == 0);
  for (var k = slice * SLICE; k < end; k++) {
    let value = x[image * SOURCE_BLOCKS + k];
    if (all(value == vec4f())) { // as many are after ReLU: their weights need not be read
      continue;
    }
    let weight = 4 * k * BLOCKS + units;
    let w = mat4x4f(kernel[weight], kernel[weight + BLOCKS], kernel[weight + 2 * BLOCKS], kernel[weight + 3 * BLOCKS]);
    total += w * value;
  }
  y[place] = activated(total);
}
