// The sums of all slices of Dense, added up.

override BLOCKS: i32;
override SLICES: i32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  if (thread.x >= arrayLength(&y)) {
    return;
  }
  let place = i32(thread.x);
  let start = place / BLOCKS * SLICES * BLOCKS + place % BLOCKS;
  var total = vec4f();
  for (var slice = 0; slice < SLICES; slice++) {
    total += x[start + slice * BLOCKS];
  }
  y[place] = activated(total);
}
