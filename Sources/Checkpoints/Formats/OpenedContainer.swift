import OrderedCollections
import PthPickle
import PthTensors

/// A parsed container: the common result of all formats.
struct OpenedContainer {
  enum Content {
    case pickle(PickleSource)
    case flat(OrderedDictionary<String, Tensor>, [(String, MetadataValue)])
  }

  let format: CheckpointFormat
  let content: Content
  let era: String
  var isBigEndian = false
  var pickles: [CheckpointPickle] = []
  var shards: [Checkpoint] = []
  /// Byte after a legacy file's last storage.
  var endOffset: Int?
  /// The zip archive; nil unless the container is one of PyTorch's.
  var archive: ZipArchive?

  init(_ format: CheckpointFormat, _ content: Content, era: String) {
    self.format = format
    self.content = content
    self.era = era
  }
}
