// YAML by libyaml, which is loaded when a configuration is written in it. Its interface has been the same
// since 2009, so what is used of it is declared here, and nothing of it is needed to build this.

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
  /// Where it stands, counted in characters.
  size_t start, end;
  /// A scalar's text, an alias' name, or what is wrong; valid until the next item.
  const char *text;
  size_t count;
  /// NULL where there is none.
  const char *anchor, *tag;
  /// Whether a scalar is written without quotes and without a tag.
  bool is_plain;
};

struct yaml_reader;

/// Begins to read UTF-8 text, which has to stay where it is; NULL if libyaml is not installed.
struct yaml_reader *yaml_reader_open(const uint8_t *text, size_t count);

/// The next item. After the stream's end, or after something is wrong, there is none.
struct yaml_item yaml_reader_next(struct yaml_reader *reader);

void yaml_reader_close(struct yaml_reader *reader);

#endif
