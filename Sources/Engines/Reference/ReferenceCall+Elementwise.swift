/// Operations that look at one element of their input at a time.
extension ReferenceCall {
  /// Makes every element of the output from that of the input at the same place.
  @inline(__always)
  func map(_ body: (Double) -> Double) {
    Parallel.forEach(output.planes, threads: threads) { index in
      let (source, target) = (x.plane(index), output.plane(index))
      for pixel in target.indices { target[pixel] = body(source[pixel]) }
    }
  }
}
