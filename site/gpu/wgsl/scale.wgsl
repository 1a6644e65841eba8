// BatchNormalization as a scale and an offset of each channel.

override BLOCKS: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> scale: array<vec4f>;
@group(0) @binding(2) var<storage, read> offset: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  if (thread.x < arrayLength(&y)) {
    let channels = thread.x % BLOCKS;
    y[thread.x] = activated(x[thread.x] * scale[channels] + offset[channels]);
  }
}
