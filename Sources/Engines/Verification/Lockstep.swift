import PthBackbones
import Dispatch
import PthBytes
import Synchronization
import PthTensors

/// Runs two engines in lockstep, so that every node can be compared without storing all values.
package enum Lockstep {
  /// Runs both engines on `input` and calls `body` for every node whose output both engines have, in the order of
  /// execution. Outputs of nodes that an engine has fused into others are skipped.
  ///
  /// - Parameters:
  ///   - nodeCount: Number of nodes, from the first on, that compute the same in both graphs; later
  ///     nodes are not compared.
  ///   - body: Called with the first engine's node and both outputs, valid during the call; returns false to
  ///     end both runs.
  /// - Throws: errors of the engines and of `body`.
  package static func run(
    _ first: any InferenceEngine, _ second: any InferenceEngine, on input: Tensor,
    nodeCount: Int, body: (Node, Tensor, Tensor) throws -> Bool
  ) throws {
    let meeting = Meeting()
    let group = DispatchGroup()
    DispatchQueue.global().async(group: group) {
      do {
        _ = try second.run(input) { node, tensor in
          guard node.output.id <= nodeCount, meeting.offer(tensor, node.output.id) else {
            throw Ended()
          }
        }
        meeting.finish(nil)
      } catch {
        meeting.finish(error is Ended ? nil : error)
      }
    }
    defer {
      meeting.leave()
      group.wait()
    }
    try withoutActuallyEscaping(body) { body in
      do {
        _ = try first.run(input) { node, tensor in
          guard node.output.id <= nodeCount else { throw Ended() }
          try meeting.withOffer(of: node.output.id) { other in
            guard try body(node, tensor, other) else { throw Ended() }
          }
        }
      } catch is Ended {}
    }
  }

  /// Ends a run early.
  private struct Ended: Error {}

  /// Hands the second engine's values over to the first engine's thread, and blocks the second engine until they are
  /// compared or skipped.
  private final class Meeting: Sendable {
    private struct State {
      var offer: (tensor: Tensor, value: Int)?
      var isFinished = false
      var failure: (any Error)?
      var hasLeft = false
    }
    private let state = Lock(State())
    private let offered = DispatchSemaphore(value: 0)
    private let taken = DispatchSemaphore(value: 0)

    /// Waits until the value has been compared or skipped; false if the comparison has ended.
    func offer(_ tensor: Tensor, _ value: Int) -> Bool {
      guard
        state.withLock({
          $0.offer = (tensor, value); return !$0.hasLeft
        })
      else { return false }
      offered.signal()
      taken.wait()
      return state.withLock { !$0.hasLeft }
    }

    func finish(_ failure: (any Error)?) {
      state.withLock { ($0.isFinished, $0.failure) = (true, failure) }
      offered.signal()
    }

    func leave() {
      state.withLock { $0.hasLeft = true }
      taken.signal()
    }

    /// Calls `body` with the second engine's value of this id, unless that engine does not have it.
    func withOffer(of value: Int, _ body: (Tensor) throws -> Void) throws {
      while true {
        offered.wait()
        let (offer, isFinished, failure) = state.withLock { ($0.offer, $0.isFinished, $0.failure) }
        if isFinished {
          offered.signal()
          if let failure { throw failure }
          return
        }
        guard let offer else { return }
        // The second engine is ahead: it does not have this value. Keep its offer for a later value.
        if offer.value > value {
          offered.signal()
          return
        }
        if offer.value == value { try body(offer.tensor) }
        state.withLock { $0.offer = nil }
        taken.signal()
        if offer.value == value { return }
      }
    }
  }
}
