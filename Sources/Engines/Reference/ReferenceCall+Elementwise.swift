extension ReferenceCall {
  /// Applies `body` to every element of the input.
  @inline(__always)
  func map(_ body: (Double) -> Double) {
    Parallel.forEach(output.planes, threads: threads) { index in
      let (source, target) = (x.plane(index), output.plane(index))
      for pixel in target.indices { target[pixel] = body(source[pixel]) }
    }
  }
}
