import Glibc
import PthBytes

/// What libFuzzer calls for every input. `FUZZ_TARGET` names the target.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  target(Bytes(Array(UnsafeBufferPointer(start: data, count: count))))
  return 0
}

private let target: @Sendable (Bytes) -> Void = {
  let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
  guard let target = targets[name] else {
    fatalError("FUZZ_TARGET is none of \(targets.keys.sorted().joined(separator: " "))")
  }
  return target
}()

private let targets: [String: @Sendable (Bytes) -> Void] = [
  "pickle": fuzzPickle, "scan": fuzzScan, "zip": fuzzZip, "legacy": fuzzCheckpoint,
  "tar": fuzzCheckpoint, "safetensors": fuzzCheckpoint, "npy": fuzzCheckpoint,
  "images": fuzzImage, "index": fuzzIndex, "keys": fuzzKeys, "writers": fuzzWriters,
]

/// Ends the process with a sentence if a promise is broken.
func promise(_ holds: Bool, _ what: @autoclosure () -> String) {
  if !holds { fatalError("broken promise: \(what())") }
}
