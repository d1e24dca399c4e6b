import PthBytes
import CPthOnDemand

/// SHA-256 by libcrypto, which uses the processor's SHA instructions.
package struct SHA256: ~Copyable {
  private let library: libcrypto
  private let context: OpaquePointer

  /// - Throws: ``CheckpointError`` if libcrypto is not installed.
  package init() throws(CheckpointError) {
    guard let library = on_demand_libcrypto()?.pointee, let context = library.EVP_MD_CTX_new()
    else {
      throw CheckpointError(
        .unsupported("SHA-256 takes libcrypto, which is not installed (Debian: libssl3)"))
    }
    self.library = library
    self.context = context
    _ = library.EVP_DigestInit_ex(context, library.EVP_sha256(), nil)
  }

  deinit { library.EVP_MD_CTX_free(context) }

  package func update(_ bytes: Bytes) {
    bytes.withUnsafeBytes { _ = library.EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
  }

  /// The digest as 64 lower-case hexadecimal digits; consumes the hash.
  package consuming func finish() -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    _ = library.EVP_DigestFinal_ex(context, &digest, nil)
    return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The digest of `bytes` alone.
  package static func hexDigest(of bytes: Bytes) throws(CheckpointError) -> String {
    let hash = try SHA256()
    hash.update(bytes)
    return hash.finish()
  }
}
