"""Training of the text-region detector: generate images, train, evaluate, export the weights."""
