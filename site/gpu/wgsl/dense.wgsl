// Dense, of one vector an image. A workgroup computes a block of units: each thread every 64th block of inputs, and
// then all together the sum.

override SOURCE_BLOCKS: i32;
override BLOCKS: i32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> kernel: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

const THREADS = 64;
var<workgroup> totals: array<vec4f, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let place = i32(group.x);
  let units = place % BLOCKS;
  let image = place / BLOCKS;
  var total = vec4f();
  for (var k = i32(thread); k < SOURCE_BLOCKS; k += THREADS) {
    let value = x[image * SOURCE_BLOCKS + k];
    if (all(value == vec4f())) { // as many are after ReLU: their weights need not be read
      continue;
    }
    let weight = 4 * k * BLOCKS + units;
    let w = mat4x4f(kernel[weight], kernel[weight + BLOCKS], kernel[weight + 2 * BLOCKS], kernel[weight + 3 * BLOCKS]);
    total += w * value;
  }
  totals[thread] = total;
  for (var half = THREADS / 2u; half > 0; half /= 2) {
    workgroupBarrier();
    if (thread < half) {
      totals[thread] += totals[thread + half];
    }
  }
  if (thread == 0) {
    y[place] = activated(totals[0] + bias[units]);
  }
}
