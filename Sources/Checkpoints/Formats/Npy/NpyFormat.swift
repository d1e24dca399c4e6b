import OrderedCollections
import PthBytes
import PthTensors

extension FileFormat {
  static let npy = FileFormat(
    name: "npy", kinds: [FormatKind(.npy, "numpy array (npy)")],
    matches: { $0.starts(with: NpyContainer.magic) },
    open: { file in
      let array = try NpyContainer(file.bytes, fileOffset: 0)
      var opened = OpenedContainer(.npy, .flat(["": array.tensor], []), era: "numpy")
      opened.isBigEndian = array.isBigEndian
      return opened
    },
    judge: { try $0.judgeArray($1) })
}
