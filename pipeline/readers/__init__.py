"""Text readers: one contract (base), two ways to call Tesseract, and RapidOCR."""
