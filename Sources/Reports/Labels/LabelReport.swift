import OrderedCollections
import PthBackbones
import PthEngines
import PthTensors

/// The labels that a file's own classifier gives to images, for a person to judge. They do not change the
/// verdict.
package struct LabelReport: Sendable {
  /// A class with the probability that the classifier gives it.
  package struct Guess: Sendable {
    package let index: Int
    package let probability: Double
    /// The name of the class in ImageNet; nil if the classifier does not have 1000 classes.
    package let label: String?
  }

  /// An image with its most probable classes, in descending order.
  package struct Answer: Sendable {
    package let path: String
    package let guesses: [Guess]
  }

  /// The module name of the classifier in the file.
  package let classifier: String
  package let classes: Int
  package let preparation: Preparation
  package let answers: [Answer]

  /// Labels, or why there are none.
  package enum Outcome: Sendable {
    case shown(LabelReport)
    case hidden(String)
  }

  /// The number of classes shown for an image.
  package static let guessCount = 5
  /// The number of classes in ImageNet-1k: only a classifier with as many gets its labels.
  private static let namedClasses = 1000

  /// Runs the network on the images.
  ///
  /// - Throws: ``Classifier/Absent`` if the classifier does not fit the network's last output or gives values
  ///   that are not finite; the errors of the engine.
  init(
    _ classifier: Classifier, _ engine: any InferenceEngine, _ images: WitnessImages,
    _ preparation: Preparation
  ) throws {
    var answers: [Answer] = []
    for range in images.batches {
      let outputs = try engine.run(preparation.tensor(images.pictures[range]), observe: nil)
      guard let last = outputs.tensors.values.last(where: { $0.shape.count == 4 }) else {
        throw Classifier.Absent(reason: "the network puts out no feature map")
      }
      guard last.shape[1] == classifier.features else {
        throw Classifier.Absent(
          reason: "\(classifier.name) takes \(classifier.features) features, and the target's last "
            + "output has \(last.shape[1]) channels")
      }
      let pooled = try Self.pooled(last)
      for (index, picture) in range.enumerated() {
        let features = pooled[index * classifier.features..<(index + 1) * classifier.features]
        let probabilities = classifier.probabilities(features)
        guard probabilities.allSatisfy(\.isFinite) else {
          throw Classifier.Absent(reason: "\(classifier.name) gives values that are not finite")
        }
        answers.append(
          Answer(path: images.paths[picture], guesses: Self.guesses(probabilities)))
      }
    }
    self.classifier = classifier.name
    classes = classifier.classes
    self.preparation = preparation
    self.answers = answers
  }

  /// The means over height and width, flat: `[batch × channels]`.
  private static func pooled(_ output: Tensor) throws -> [Double] {
    let area = output.shape[2] * output.shape[3]
    let values = try output.doubles()
    return (0..<output.shape[0] * output.shape[1]).map { plane in
      values[plane * area..<(plane + 1) * area].reduce(0, +) / Double(area)
    }
  }

  private static func guesses(_ probabilities: [Double]) -> [Guess] {
    let order = probabilities.indices.sorted {
      (probabilities[$1], $0) < (probabilities[$0], $1)
    }
    let isNamed = probabilities.count == namedClasses
    return order.prefix(guessCount).map { index in
      Guess(
        index: index, probability: probabilities[index],
        label: isNamed ? String(ImageNetLabels.names[index]) : nil)
    }
  }
}

extension LabelReport.Guess {
  /// `tabby 48.1 %`.
  var text: String {
    "\(label ?? "class \(index)") \(Format.fixed(100 * probability, digits: 1)) %"
  }
}

extension LabelReport {
  /// The sentence above the labels: which classes they are, how images were prepared, and that they prove nothing.
  var heading: String {
    let names = answers.first?.guesses.first?.label == nil ? "numbers of" : "ImageNet's"
    return
      "\(names) \(classes) classes, by the file's own \(classifier), \(preparation.text): for you to judge, "
      + "no part of the verdict"
  }
}
