#include "fork_gate.h"
#include "yaml_events.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "on_demand.h"

struct mark {
  size_t index, line, column;
};

/// The public beginning of libyaml's parser. The whole structure takes about 480 bytes.
union parser {
  struct {
    int error;
    const char *problem;
    size_t problem_offset;
    int problem_value;
    struct mark problem_mark;
    const char *context;
    struct mark context_mark;
  };
  char room[4096];
};

enum event_type {
  NO_EVENT,
  STREAM_START_EVENT,
  STREAM_END_EVENT,
  DOCUMENT_START_EVENT,
  DOCUMENT_END_EVENT,
  ALIAS_EVENT,
  SCALAR_EVENT,
  SEQUENCE_START_EVENT,
  SEQUENCE_END_EVENT,
  MAPPING_START_EVENT,
  MAPPING_END_EVENT,
};

struct event {
  int type;
  union {
    struct {
      char *anchor;
    } alias;
    struct {
      char *anchor, *tag, *value;
      size_t length;
      int plain_implicit, quoted_implicit, style;
    } scalar;
    struct {
      char *anchor, *tag;
      int implicit, style;
    } collection;
  } data;
  struct mark start, end;
};

static struct {
  int (*initialize)(union parser *);
  void (*set_input)(union parser *, const unsigned char *, size_t);
  void (*set_encoding)(union parser *, int);
  int (*parse)(union parser *, struct event *);
  void (*delete_event)(struct event *);
  void (*delete_parser)(union parser *);
} libyaml;
static bool has_libyaml;

static void load_libyaml(void) {
  static const char *const libraries[] = {"libyaml-0.so.2", NULL};
  static const char *const names[] = {
      "yaml_parser_initialize", "yaml_parser_set_input_string", "yaml_parser_set_encoding",
      "yaml_parser_parse",      "yaml_event_delete",            "yaml_parser_delete",
      NULL};
  has_libyaml = on_demand_symbols(libraries, names, (void **)&libyaml);
}

struct yaml_reader {
  union parser parser;
  struct event event;
  bool is_over;
};

bool yaml_has_library(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  fork_gate_once(&once, load_libyaml);
  return has_libyaml;
}

struct yaml_reader *yaml_reader_open(const uint8_t *text, size_t count) {
  if (!yaml_has_library()) return NULL;
  struct yaml_reader *reader = calloc(1, sizeof *reader);
  if (!reader) return NULL;
  if (!libyaml.initialize(&reader->parser)) {
    free(reader);
    return NULL;
  }
  libyaml.set_input(&reader->parser, text, count);
  const int utf8 = 1;
  libyaml.set_encoding(&reader->parser, utf8);
  return reader;
}

static struct yaml_item failure(const struct yaml_reader *reader) {
  const char *problem = reader->parser.problem ? reader->parser.problem : "cannot be read";
  const int reader_error = 2;
  // For bytes that are not UTF-8, libyaml gives no position in characters.
  size_t place = reader->parser.error == reader_error ? 0 : reader->parser.problem_mark.index;
  return (struct yaml_item){
      .kind = YAML_FAILED, .start = place, .end = place, .text = problem, .count = strlen(problem)};
}

struct yaml_item yaml_reader_next(struct yaml_reader *reader) {
  for (;;) {
    if (reader->is_over) return (struct yaml_item){.kind = YAML_STREAM_END};
    libyaml.delete_event(&reader->event);
    memset(&reader->event, 0, sizeof reader->event);
    if (!libyaml.parse(&reader->parser, &reader->event)) {
      reader->is_over = true;
      return failure(reader);
    }
    const struct event *event = &reader->event;
    struct yaml_item item = {.start = event->start.index, .end = event->end.index};
    switch (event->type) {
      case NO_EVENT:
      case STREAM_END_EVENT:
        reader->is_over = true;
        item.kind = YAML_STREAM_END;
        return item;
      case DOCUMENT_START_EVENT:
        item.kind = YAML_DOCUMENT;
        return item;
      case ALIAS_EVENT:
        item.kind = YAML_ALIAS;
        item.text = event->data.alias.anchor;
        item.count = strlen(item.text);
        return item;
      case SCALAR_EVENT:
        item.kind = YAML_SCALAR;
        item.text = event->data.scalar.value;
        item.count = event->data.scalar.length;
        item.anchor = event->data.scalar.anchor;
        item.tag = event->data.scalar.tag;
        item.is_plain = event->data.scalar.plain_implicit != 0;
        return item;
      case SEQUENCE_START_EVENT:
      case MAPPING_START_EVENT:
        item.kind = event->type == MAPPING_START_EVENT ? YAML_MAPPING : YAML_SEQUENCE;
        item.anchor = event->data.collection.anchor;
        item.tag = event->data.collection.tag;
        return item;
      case SEQUENCE_END_EVENT:
      case MAPPING_END_EVENT:
        item.kind = YAML_END;
        return item;
      default: break;
    }
  }
}

void yaml_reader_close(struct yaml_reader *reader) {
  if (!reader) return;
  libyaml.delete_event(&reader->event);
  libyaml.delete_parser(&reader->parser);
  free(reader);
}
