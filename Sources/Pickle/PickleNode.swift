/// The kind of a pickle's value.
public enum PickleKind: UInt8, Sendable {
  case none, bool
  /// An integer of at most 64 bits.
  case int
  /// A longer integer, kept as its text or its little-endian two's-complement bytes.
  case bigInt
  case float, string, bytes, byteArray
  case tuple, list, dict, set, frozenSet
  /// A `module.name` that unpickling would import.
  case global
  /// A callable with arguments, which unpickling would call, and everything that BUILD, APPENDS and SETITEMS do to the
  /// result.
  case call
  /// A persistent id: in a checkpoint, a reference to a storage.
  case persistentID
  /// A code of the `copyreg` extension registry, which is a short form of some global.
  case extensionCode
}

/// Identifies a value in a ``PickleDocument``.
public struct PickleHandle: Hashable, Sendable {
  public let index: UInt32

  @inlinable
  init(_ index: UInt32) { self.index = index }
}

/// The encoding of text in the pickle.
enum TextForm: UInt8 {
  /// Plain UTF-8.
  case utf8
  /// Bytes of a Python 2 `str`: ASCII by Python's default, often Latin-1 in practice.
  case binary
  /// A quoted Python 2 literal with backslash escapes.
  case quoted
  /// Latin-1 with `\uXXXX` escapes.
  case rawUnicodeEscape
}

/// The opcode that made a call.
public enum PickleCallForm: UInt8, Sendable {
  /// `callable(*args)`
  case reduce
  /// `cls.__new__(cls, *args)`
  case newObject
  /// `cls.__new__(cls, *args, **kwargs)`
  case newObjectEx
  /// INST and OBJ: `cls(*args)`, or a bare instance if there are no arguments.
  case instance
  /// BUILD on a value that is neither a container nor a call: `value.__setstate__(state)`.
  case build
  /// APPEND(S) or ADDITEMS on such a value: a call of its `extend`, `append` or `add`.
  case append
  /// SETITEM(S) on such a value: a call of its `__setitem__`.
  case setItems
}

/// A value in 16 bytes. The meaning of `high`, `low` and `payload` depends on the kind:
///
/// | kind | high | low | payload |
/// | --- | --- | --- | --- |
/// | bool | | | 0 or 1 |
/// | int | | | the value |
/// | float | | | its bits |
/// | bigInt, string, bytes, byteArray | length, upper 16 bits | length, lower 32 | offset in the pickle's bytes |
/// | tuple, frozenSet | | count | index of the first child |
/// | list, dict, set | | | first and last segment, + 1 each |
/// | call | number of children (2 or 3) | index of the first child | first and last segment, + 1 each |
/// | global | | handle of the module | handle of the name |
/// | persistentID | | handle of the id | |
/// | extensionCode | | | the code |
struct PickleNode {
  var kind: PickleKind
  /// The `TextForm` of a string, the `PickleCallForm` of a call, 1 for a `bigInt` written as text.
  var form: UInt8 = 0
  var high: UInt16 = 0
  var low: UInt32 = 0
  var payload: UInt64 = 0

  var length: Int { Int(high) << 32 | Int(low) }

  var firstSegment: UInt32 {
    get { UInt32(truncatingIfNeeded: payload) }
    set { payload = payload & ~0xffff_ffff | UInt64(newValue) }
  }
  var lastSegment: UInt32 {
    get { UInt32(truncatingIfNeeded: payload >> 32) }
    set { payload = payload & 0xffff_ffff | UInt64(newValue) << 32 }
  }
}

/// A run of children that one opcode added to a mutable value.
struct PickleSegment {
  enum Role: UInt8 {
    /// APPEND, APPENDS, ADDITEMS: one child each.
    case elements
    /// SETITEM, SETITEMS: key, value, key, value…
    case entries
    /// BUILD: one child.
    case state
  }
  var role: Role
  var first: UInt32
  var count: UInt32
  /// The next segment of the same value, + 1; 0 at the end.
  var next: UInt32 = 0
}
