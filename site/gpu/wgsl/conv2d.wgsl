// Conv2D, and where POOL is 2, the largest of 2×2 of its windows. A thread computes 2×2 windows for a block of filters.

override SOURCE_HEIGHT: i32;
override SOURCE_WIDTH: i32;
override SOURCE_BLOCKS: i32;
override LANES: i32; // of a block of inputs that are not padding everywhere
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
override PADDED: i32;
override POOL: i32;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> kernel: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

fn source(image: i32, row: i32, column: i32, channels: i32) -> vec4f {
  if (PADDED == 1 && (row < 0 || row >= SOURCE_HEIGHT || column < 0 || column >= SOURCE_WIDTH)) {
    return vec4f();
  }
  return x[((image * SOURCE_HEIGHT + row) * SOURCE_WIDTH + column) * SOURCE_BLOCKS + channels];
}

fn weights(place: i32) -> mat4x4f {
  if (LANES == 1) {
    return mat4x4f(kernel[place], vec4f(), vec4f(), vec4f());
  }
  return mat4x4f(kernel[place], kernel[place + BLOCKS], kernel[place + 2 * BLOCKS], kernel[place + 3 * BLOCKS]);
}

fn store(image: i32, row: i32, column: i32, filters: i32, value: vec4f) {
  let place = ((image * HEIGHT + row) * WIDTH + column) * BLOCKS + filters;
  if (row < HEIGHT && column < WIDTH && place < i32(arrayLength(&y))) {
    y[place] = activated(value);
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  let filters = i32(thread.x) % BLOCKS;
  let tile = i32(thread.x) / BLOCKS;
  let tiles_across = select((WIDTH + 1) / 2, WIDTH, POOL == 2);
  let tiles_down = select((HEIGHT + 1) / 2, HEIGHT, POOL == 2);
  let column = tile % tiles_across;
  let row = tile / tiles_across % tiles_down;
  let image = tile / (tiles_across * tiles_down);
  let top = row * 2 * STRIDE_DOWN - TOP;
  let left = column * 2 * STRIDE_ACROSS - LEFT;
  var upper_left = bias[filters];
  var upper_right = upper_left;
  var lower_left = upper_left;
  var lower_right = upper_left;
  for (var i = 0; i < KERNEL_HEIGHT; i++) {
    let y0 = top + i * DILATION_DOWN;
    let y1 = y0 + STRIDE_DOWN;
    for (var k = 0; k < SOURCE_BLOCKS; k++) {
      var weight = 4 * (i * KERNEL_WIDTH * SOURCE_BLOCKS + k) * BLOCKS + filters;
      var upper = source(image, y0, left, k);
      var lower = source(image, y1, left, k);
      for (var j = 0; j < KERNEL_WIDTH; j++) {
        let x0 = left + j * DILATION_ACROSS;
        let x1 = x0 + STRIDE_ACROSS;
        let w = weights(weight);
        weight += 4 * SOURCE_BLOCKS * BLOCKS;
        upper_left += w * upper;
        lower_left += w * lower;
        upper = source(image, y0, x1, k);
        lower = source(image, y1, x1, k);
        upper_right += w * upper;
        lower_right += w * lower;
        if (STRIDE_ACROSS != DILATION_ACROSS) { // where they are the same, the window to the left comes there next
          upper = source(image, y0, x0 + DILATION_ACROSS, k);
          lower = source(image, y1, x0 + DILATION_ACROSS, k);
        }
      }
    }
  }
  if (POOL == 2) {
    store(image, row, column, filters, max(max(upper_left, upper_right), max(lower_left, lower_right)));
  } else {
    store(image, 2 * row, 2 * column, filters, upper_left);
    store(image, 2 * row, 2 * column + 1, filters, upper_right);
    store(image, 2 * row + 1, 2 * column, filters, lower_left);
    store(image, 2 * row + 1, 2 * column + 1, filters, lower_right);
  }
}
