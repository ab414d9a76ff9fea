"""What samples have to be like: finite numbers, on the scale and in the columns of the training."""
