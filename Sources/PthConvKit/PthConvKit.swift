/// The face for trainers and for the program: everything that reads checkpoints.
@_exported import Bytes
@_exported import Checkpoints
@_exported import Pickle
@_exported import Tensors
