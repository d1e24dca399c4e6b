/// The module for trainers and for the program: it re-exports the others.
@_exported import PthBackbones
@_exported import PthCheckpoints
@_exported import struct PthConfigs.ConfigError
@_exported import PthEngines
@_exported import PthInitializers
@_exported import PthKeyMapping
@_exported import PthONNXExport
@_exported import PthPreflight
@_exported import PthReports
@_exported import PthTensors

/// The version of the program and of the libraries.
public let toolkitVersion = "0.1.0"
