import Bytes
import CLibcrypto

/// SHA-256 by libcrypto, which uses the processor's instructions for it.
public struct SHA256: ~Copyable {
  private let context: OpaquePointer

  public init() {
    context = EVP_MD_CTX_new()
    EVP_DigestInit_ex(context, EVP_sha256(), nil)
  }

  deinit { EVP_MD_CTX_free(context) }

  public func update(_ bytes: Bytes) {
    bytes.withUnsafeBytes { _ = EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
  }

  /// The digest as 64 lower-case hexadecimal digits; nothing may be added afterwards.
  public consuming func finish() -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    EVP_DigestFinal_ex(context, &digest, nil)
    return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The digest of `bytes` alone.
  public static func hexDigest(of bytes: Bytes) -> String {
    let hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }
}
