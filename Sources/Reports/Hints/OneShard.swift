import Glibc
import PthCheckpoints
import PthKeyMapping

extension LoadWarning {
  /// A warning if the file's name says that it is one shard of several (`model-00001-of-00002.safetensors`); else nil.
  package static func oneShard(_ checkpoint: Checkpoint) -> LoadWarning? {
    let path = checkpoint.path
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return nil }
    let words = name[..<dot].split(separator: "-")
    guard words.count >= 4, words[words.count - 2] == "of",
      let count = number(words[words.count - 1]), let own = number(words[words.count - 3]),
      count > 1, (1...count).contains(own)
    else { return nil }
    let ending = "-\(words.suffix(3).joined(separator: "-"))\(name[dot...])"
    let index = path.dropLast(ending.utf8.count) + "\(name[dot...]).index.json"
    let advice =
      access(String(index), F_OK) == 0
      ? "map \(index) for all of them" : "its index, \(index), names them all and is not there"
    return LoadWarning(.oneShard, "the file is shard \(own) of \(count): \(advice)")
  }

  /// A shard number of five digits, as Hugging Face's libraries write it.
  private static func number(_ word: Substring) -> Int? { word.utf8.count == 5 ? Int(word) : nil }
}
