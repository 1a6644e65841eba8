// An activation by itself.

uniform sampler2D x;

vec4 result(int place) {
  return activated(block(x, place));
}
