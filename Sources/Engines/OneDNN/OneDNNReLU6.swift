#if OneDNN
import PthBackbones

extension ReLU6: OneDNNRectifier {
  var ceiling: Float? { 6 }
}
#endif
