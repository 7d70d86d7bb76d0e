"""Training of scikit-learn models."""
