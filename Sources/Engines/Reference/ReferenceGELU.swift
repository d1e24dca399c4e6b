import Glibc
import PthBackbones

extension GELU: ReferenceOperation {
  func compute(_ call: ReferenceCall) {
    if approximatesWithTanh {
      let scale = (2 / Double.pi).squareRoot()
      call.map { 0.5 * $0 * (1 + tanh(scale * ($0 + 0.044715 * $0 * $0 * $0))) }
    } else {
      call.map { 0.5 * $0 * (1 + erf($0 * 0.5.squareRoot())) }
    }
  }
}
