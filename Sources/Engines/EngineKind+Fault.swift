#if OneDNN
import CPthOneDNN
#endif

extension EngineKind {
  /// Why the engine cannot be used on this machine, in a sentence; nil if it can.
  ///
  /// This loads oneDNN, which takes time, so call it only before a network is run.
  package var fault: String? {
    guard self == .onednn else { return nil }
    #if OneDNN
    return onednn_load().map { String(cString: $0) }
    #else
    return "this build has no oneDNN"
    #endif
  }
}
