import Glibc
import PthBackbones

extension Sigmoid: ReferenceOperation {
  func compute(_ call: ReferenceCall) { call.map { 1 / (1 + exp(-$0)) } }
}
