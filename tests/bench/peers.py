"""The others, as their packages on npm carry them: pinned, checked by hash, fetched once into `.cache/peers`."""

from pathlib import Path

import build


def _npm(package: str) -> build.Package:
    return build.Package(f"npm's {package}", (*build.NPM_PACK, package), "package/dist/")


_TFJS = _npm("@tensorflow/tfjs@4.22.0")
_TFJS_WASM = _npm("@tensorflow/tfjs-backend-wasm@4.22.0")
_TFJS_WEBGPU = _npm("@tensorflow/tfjs-backend-webgpu@4.22.0")
_ORT = _npm("onnxruntime-web@1.30.0")
_KERAS_JS = _npm("keras-js@1.0.3")

# fmt: off
FILES = (
    build.File("tf.min.js", 1469843,
               "300dfae273d20b4046f46a06d735688f03675a807561e9bcb5f664eb2f3d2831", (_TFJS,)),
    build.File("tf-backend-wasm.min.js", 149861,
               "691bbec0ef8b5a7f17f212e9c5d85832030f90d030b46e99acb4dea1fb16f009", (_TFJS_WASM,)),
    build.File("tfjs-backend-wasm-threaded-simd.wasm", 435643,
               "c052228d4bef185c27bbe59a9e029570c78bbb9f08b3cb46b597851650373de2", (_TFJS_WASM,)),
    build.File("tf-backend-webgpu.min.js", 325535,
               "c02ae6ef5e7fff6dc9cec8b14b45e36e8894614f3ef006973e98f7568b590f3f", (_TFJS_WEBGPU,)),
    build.File("ort.wasm.min.js", 50196,
               "faece07e84faa9001f5104bbe4e5c70861d06cb2376a0dea1fa0ad33a67adc81", (_ORT,)),
    build.File("ort-wasm-simd-threaded.mjs", 24381,
               "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b", (_ORT,)),
    build.File("ort-wasm-simd-threaded.wasm", 14239897,
               "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2", (_ORT,)),
    build.File("ort.webgpu.min.js", 66417,
               "7d65dad7eb4564ad98db9924a259af2e2c68ebfbdbf254fa5d728f1c5736e07a", (_ORT,)),
    build.File("ort-wasm-simd-threaded.asyncify.mjs", 53057,
               "3d1c85995364bb643302fc6fd877a0c3ba5ae72401815e0f24828a53d9191e28", (_ORT,)),
    build.File("ort-wasm-simd-threaded.asyncify.wasm", 26781914,
               "39f9f0894d478800487ed9f7dbe92618498db320cf55c8e3d89adff8dce658da", (_ORT,)),
    build.File("keras.min.js", 665364,
               "6cf24ca1b42223d99be081cb290ff46bbd8eb33204064da60f2dd7fca59382d4", (_KERAS_JS,)),
)
# fmt: on


def fetch() -> Path:
    """The folder that has them."""
    folder = build.CACHE / "peers"
    build.fetch(FILES, folder)
    return folder
