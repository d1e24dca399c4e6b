// YAML events from libyaml, which is loaded when a configuration needs it. Its interface has not changed since 2009,
// so the parts in use are declared here and no header is needed to build this.

#ifndef PTHCONV_YAML_EVENTS_H
#define PTHCONV_YAML_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum yaml_kind {
  YAML_STREAM_END,
  YAML_DOCUMENT,
  YAML_ALIAS,
  YAML_SCALAR,
  YAML_SEQUENCE,
  YAML_MAPPING,
  /// The end of the innermost sequence or mapping.
  YAML_END,
  YAML_FAILED,
};

struct yaml_item {
  enum yaml_kind kind;
  /// Position in the text, in characters.
  size_t start, end;
  /// A scalar's text, an alias's name, or the error; valid until the next item.
  const char *text;
  size_t count;
  /// NULL if there is none.
  const char *anchor, *tag;
  /// Whether a scalar has neither quotes nor a tag.
  bool is_plain;
};

struct yaml_reader;

/// Whether libyaml is installed.
bool yaml_has_library(void);

/// Starts to parse UTF-8 text, which must stay in memory; NULL if libyaml is not installed or has no memory.
struct yaml_reader *yaml_reader_open(const uint8_t *text, size_t count);

/// The next item. After the stream's end or an error, every further item is YAML_STREAM_END.
struct yaml_item yaml_reader_next(struct yaml_reader *reader);

void yaml_reader_close(struct yaml_reader *reader);

#endif
