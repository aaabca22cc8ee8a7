"""Turns texts into vectors with onnxruntime, where the extra `embeddings` is installed."""
