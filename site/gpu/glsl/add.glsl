// Add, of two values.

uniform sampler2D x;
uniform sampler2D other;

vec4 result(int place) {
  return activated(block(x, place) + block(other, place));
}
