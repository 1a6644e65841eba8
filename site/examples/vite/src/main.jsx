import React from 'react';
import { createRoot } from 'react-dom/client';
import { DigitPad } from './DigitPad.jsx';

createRoot(document.getElementById('root')).render(<DigitPad />);
