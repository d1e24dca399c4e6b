import PthBytes
import PthPickle

/// Judges the parts that only PyTorch's archives have.
extension FileScanner {
  mutating func examineTorchZip(_ archive: ZipArchive) -> ZipContents.ExaminedEntries? {
    guard let prefix = TorchZipContainer.prefix(in: archive.directory) else { return nil }
    let isScript = TorchZipContainer.isTorchScript(archive.directory, prefix: prefix)
    judgeWeightsOnly(archive, prefix + "data.pkl", isTorchScript: isScript)
    return ZipContents.ExaminedEntries(
      isStorage: storages(of: archive, prefix: prefix), scriptPrefix: isScript ? prefix : nil)
  }

  private mutating func judgeWeightsOnly(
    _ archive: ZipArchive, _ name: String, isTorchScript: Bool
  ) {
    if isTorchScript {
      audit.weightsOnly = .refused("it is a TorchScript archive")
    } else {
      let pickle: Bytes
      do { pickle = try archive.pickle(named: name).bytes } catch {
        audit.weightsOnly = .refused(CheckpointError.wrapping(error).reasonText)
        return
      }
      let parsed = parse(pickle)
      let problems = StorageClaims.problems(
        in: parsed.document, of: archive.directory, prefix: String(name.dropLast("data.pkl".count)))
      for problem in problems { audit.add(.dangerous, problem.text, part: problem.part) }
      let claim = problems.first.map { "\($0.part) \($0.text)" }
      let obstacle =
        parsed.error?.description ?? WeightsOnlyCheck.obstacle(in: parsed.document) ?? claim
      audit.weightsOnly = obstacle.map { .refused($0) } ?? .accepted
      judgeSparse(
        parsed.document,
        (try? TorchZipContainer(archive, prefix: String(name.dropLast("data.pkl".count))))?.storages
      )
    }
  }

  /// Which entries are storages of the archive's pickle; all other entries are judged.
  private mutating func storages(of archive: ZipArchive, prefix: String) -> [Bool] {
    var isStorage = [Bool](repeating: false, count: archive.directory.entries.count)
    guard let pickle = try? archive.pickle(named: prefix + "data.pkl").bytes,
      let ids = try? StorageTable.ids(in: parse(pickle).document)
    else { return isStorage }
    for id in ids {
      if let index = archive.directory.index(named: prefix + "data/" + id.key) {
        isStorage[index] = true
      }
    }
    return isStorage
  }
}
