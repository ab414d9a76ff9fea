"""Compiles the instructions of LLVM to functions, keeps their code on disk, and has threads that run nothing else."""
