import CPthONNXSchema
import CPthProtobufC

/// The memory of protobuf-c messages under construction, freed together with the arena.
final class MessageArena {
  private var blocks: [UnsafeMutableRawPointer] = []

  deinit { for block in blocks { block.deallocate() } }

  /// A message, initialised by protobuf-c's function and then filled by `fill`.
  func message<Message>(
    _ initialize: (UnsafeMutablePointer<Message>?) -> Void, _ fill: (inout Message) -> Void
  ) -> UnsafeMutablePointer<Message> {
    let message: UnsafeMutablePointer<Message> = allocate(1)
    initialize(message)
    fill(&message.pointee)
    return message
  }

  /// A string with its terminating zero.
  func string(_ text: String) -> UnsafeMutablePointer<CChar> {
    array(text.utf8.map { CChar(bitPattern: $0) } + [0])
  }

  /// A string as a bytes field.
  func bytes(_ text: String) -> ProtobufCBinaryData {
    ProtobufCBinaryData(len: text.utf8.count, data: array(Array(text.utf8)))
  }

  /// A C array of the elements.
  func array<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
    let copy: UnsafeMutablePointer<Element> = allocate(elements.count)
    copy.initialize(from: elements, count: elements.count)
    return copy
  }

  /// Allocates uninitialised memory; only for C types, which need no deinitialisation.
  private func allocate<Element>(_ count: Int) -> UnsafeMutablePointer<Element> {
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(count, 1))
    blocks.append(UnsafeMutableRawPointer(memory))
    return memory
  }

  /// The serialised message.
  func packed<Message>(_ message: UnsafeMutablePointer<Message>) -> [UInt8] {
    // Every message of protobuf-c begins with its base.
    let base = UnsafeRawPointer(message).assumingMemoryBound(to: ProtobufCMessage.self)
    let size = protobuf_c_message_get_packed_size(base)
    return Array(unsafeUninitializedCapacity: size) { buffer, count in
      count = protobuf_c_message_pack(base, buffer.baseAddress)
    }
  }
}
