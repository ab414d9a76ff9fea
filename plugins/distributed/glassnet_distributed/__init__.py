"""One training in several processes: gradients, figures and state are summed over the ranks of MPI in each step."""
