/// The face for trainers and for the program.
@_exported import Backbones
@_exported import Bytes
@_exported import Checkpoints
@_exported import Engines
@_exported import Images
@_exported import Initializers
@_exported import KeyMapping
@_exported import ONNXExport
@_exported import Pickle
@_exported import Tensors
