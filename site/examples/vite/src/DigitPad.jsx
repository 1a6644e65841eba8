import React, { useRef, useState } from 'react';
import { useModel } from './useModel.js';

const SIZE = 28; // pixels, as many as the network reads
const STYLE = { width: 280, background: '#000', imageRendering: 'pixelated', touchAction: 'none' };

/** A pad to draw a digit on, and what the network takes it for. */
export function DigitPad() {
  const { model, error } = useModel('mnist_cnn.bin'); // from public/
  const canvas = useRef(null);
  const [answer, setAnswer] = useState('Draw a digit, large and in the middle.');
  const ink = () => canvas.current.getContext('2d', { willReadFrequently: true });

  const draw = ({ nativeEvent: { offsetX, offsetY, buttons } }) => {
    if (!buttons) return;
    ink().lineTo(offsetX / 10, offsetY / 10);
    ink().stroke();
  };
  const begin = (event) => {
    Object.assign(ink(), { strokeStyle: '#fff', lineWidth: 2.5, lineCap: 'round', lineJoin: 'round' });
    ink().beginPath();
    draw(event);
  };
  const recognize = async () => {
    const { data } = ink().getImageData(0, 0, SIZE, SIZE);
    const pixels = Float32Array.from({ length: SIZE * SIZE }, (_, pixel) => data[4 * pixel] / 255); // 0 to 1
    const [probabilities] = Object.values(await model.predict(pixels));
    const digit = probabilities.indexOf(Math.max(...probabilities));
    setAnswer(`${digit}, ${Math.round(100 * probabilities[digit])}% sure`);
  };

  if (error) return <p role="alert">{error.message}</p>;
  if (!model) return <p>Loading the network …</p>;
  return (
    <>
      <canvas
        id="pad"
        ref={canvas}
        width={SIZE}
        height={SIZE}
        style={STYLE}
        onPointerDown={begin}
        onPointerMove={draw}
        onPointerUp={recognize}
      />
      <p>
        <output>{answer}</output> <button onClick={() => ink().clearRect(0, 0, SIZE, SIZE)}>Clear</button>
      </p>
    </>
  );
}
