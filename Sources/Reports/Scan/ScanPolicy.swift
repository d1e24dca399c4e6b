import FoundationEssentials
import PthBytes
import PthCheckpoints
import PthPickle

/// A policy file: the findings that are accepted.
///
///     {"allow": ["my.models.Net", "my.layers.*"], "deny": ["torch.nn.*"], "fail_on": "dangerous"}
///
/// A name is a class or function with its module; a name that ends with `.*` matches everything in a module.
/// Allowed names that pthconv does not know become safe. Allowed names that are dangerous, or known but used in
/// an unusual way, keep their verdict. Denied names become dangerous.
package struct ScanPolicy: Sendable {
  package let allow: [String]
  package let deny: [String]
  /// The least severe verdict that makes the exit code 1.
  package let failOn: AuditVerdict

  /// The policy without a policy file: nothing allowed or denied, and `unknown` makes the exit code 1.
  package static let strict = ScanPolicy(allow: [], deny: [], failOn: .unknown)

  package init(allow: [String], deny: [String], failOn: AuditVerdict) {
    self.allow = allow
    self.deny = deny
    self.failOn = failOn
  }

  /// - Throws: ``PolicyError`` if the JSON is not a policy.
  package init(json: Bytes) throws {
    let content: Content
    do {
      content = try json.withUnsafeBytes { try JSONDecoder().decode(Content.self, from: Data($0)) }
    } catch let error as PolicyError {
      throw error
    } catch {
      throw PolicyError("is no JSON object of lists of names")
    }
    let verdict = AuditVerdict(rawValue: content.failOn ?? "unknown")
    guard let verdict, verdict != .safe else {
      throw PolicyError("'fail_on' is neither \"unknown\" nor \"dangerous\"")
    }
    for name in content.allow + content.deny where !Self.isName(name) {
      throw PolicyError("'\(name)' is no name such as my.module.Class or my.module.*")
    }
    self.init(allow: content.allow, deny: content.deny, failOn: verdict)
  }

  private struct Content: Decodable {
    var allow: [String] = []
    var deny: [String] = []
    var failOn: String?

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      for key in container.allKeys {
        switch key.stringValue {
        case "allow": allow = try container.decode([String].self, forKey: key)
        case "deny": deny = try container.decode([String].self, forKey: key)
        case "fail_on": failOn = try container.decode(String.self, forKey: key)
        // Ignoring a misspelt key would silently drop its rules.
        default: throw PolicyError("'\(key.stringValue)' is none of allow, deny and fail_on")
        }
      }
    }

    private struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init?(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }
  }

  private static func isName(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count > 1 && parts.dropLast().allSatisfy { !$0.isEmpty && $0 != "*" }
      && parts.last?.isEmpty == false
  }

  /// The audit with the verdicts of its globals changed by the policy.
  package func applied(to audit: FileAudit) -> FileAudit {
    guard !allow.isEmpty || !deny.isEmpty else { return audit }
    var audit = audit
    audit.rejudgeGlobals { global in
      if deny.contains(where: { Self.matches($0, global.global) }) {
        return (.dangerous, "is denied by the policy")
      }
      // Only an unfamiliar name becomes safe: a known name in an unusual use was judged for its use.
      if global.verdict == .unknown, global.reason == AuditedGlobal.unfamiliar,
        allow.contains(where: { Self.matches($0, global.global) })
      {
        return (.safe, nil)
      }
      return nil
    }
    return audit
  }

  private static func matches(_ rule: String, _ global: GlobalName) -> Bool {
    let name = global.description
    return rule.hasSuffix(".*") ? name.hasPrefix(rule.dropLast()) : name == rule
  }
}

/// The reason why a file is not a policy.
package struct PolicyError: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}
