"""The settings by section: type, bounds and purpose of each. The values stand in conf/."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, field_validator

from datastore_service.config import allow_lists
from datastore_service.config.database_settings import DatabaseSettings
from datastore_service.config.section import Section, absolute
from datastore_service.domain.json_value import MAX_DEPTH


def _upper(name: object) -> object:
    return name.upper() if isinstance(name, str) else name


class ServerSettings(Section):
    """Where the service listens, and under which names and to which pages it answers."""

    host: str = Field(
        min_length=1,
        description="The address to listen on.",
        json_schema_extra={"allowed": "a host name or an IP address (0.0.0.0: every interface)"},
    )
    port: int = Field(ge=0, le=65535, description="The TCP port to listen on; 0 takes any free one.")
    workers: int = Field(ge=1, le=256, description="Processes that serve on the port; `datastore serve` starts them.")
    shutdown_timeout: int = Field(
        ge=0, le=3600, description="Seconds that requests in progress have to finish when the service stops."
    )
    shutdown_delay: float = Field(
        ge=0,
        le=3600,
        description="Seconds after a stop signal in which requests are served and `/health/ready` answers 503.",
    )
    keep_alive_seconds: float = Field(
        ge=0.1,
        le=86400,
        description="Seconds that a connection stays open without a request; longer than a proxy keeps its own.",
    )
    compress: bool = Field(description="Whether answers are compressed for clients that take gzip.")
    allowed_hosts: Annotated[tuple[str, ...], BeforeValidator(allow_lists.hosts)] = Field(
        description="Names in the Host header to answer to, beside localhost and server.host (adr/0021).",
        json_schema_extra={"allowed": "host names and IP addresses without ports, *.NAME or *, with commas between"},
    )
    cursor_key: SecretStr | None = Field(
        min_length=32,
        description="What cursors are signed with, alike on all replicas; null takes a key that the database keeps.",
        json_schema_extra={"allowed": "at least 32 characters, or null"},
    )
    cors_origins: Annotated[tuple[str, ...], BeforeValidator(allow_lists.origins)] = Field(
        description="Origins of pages elsewhere that may use the service from a browser.",
        json_schema_extra={"allowed": "origins such as https://app.example.com:8443, with commas between"},
    )
    cors_headers: Annotated[tuple[str, ...], BeforeValidator(allow_lists.header_names)] = Field(
        description="Headers that those pages may send besides the documented ones.",
        json_schema_extra={"allowed": "names of headers, with commas between"},
    )
    trusted_proxies: Annotated[tuple[str, ...], BeforeValidator(allow_lists.networks)] = Field(
        description="Proxies whose X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Prefix are believed.",
        json_schema_extra={"allowed": "IP addresses and networks such as 10.0.0.0/8, with commas between, or *"},
    )
    root_path: Annotated[str, AfterValidator(allow_lists.root_path)] = Field(
        description="The path below which a proxy serves the service, unless it sends X-Forwarded-Prefix.",
        json_schema_extra={"allowed": "a path such as /store, or nothing"},
    )


class GraphQLSettings(Section):
    """What the GraphQL facade offers beside its operations, and how much one document may ask for."""

    graphiql: bool = Field(description="Whether a browser that opens /graphql gets GraphiQL.")
    introspection: bool = Field(description="Whether clients may ask for the schema.")
    compiled_queries: bool = Field(
        description="Whether documents are compiled once: queries to one statement, mutations to one command; "
        "the answers are the same."
    )
    max_tokens: int = Field(
        ge=100, le=1_000_000, description="The most tokens (names, values, brackets) of a document."
    )
    max_characters: int = Field(ge=1000, le=1 << 24, description="The most characters of a document.")
    max_input_values: int = Field(
        ge=100, le=10_000_000, description="The most values that the variables of a request may have; a payload is one."
    )
    max_depth: int = Field(ge=1, le=100, description="How deep fields may be nested; introspection may go deeper.")
    max_aliases: int = Field(ge=0, le=10_000, description="The most aliases in an operation, through all fragments.")
    max_root_fields: int = Field(ge=1, le=10_000, description="The most fields at the root of an operation.")
    max_cost: int = Field(
        ge=1, le=1_000_000_000, description="The most fields of an answer, counted once for each item of a page."
    )
    max_ids: int = Field(ge=1, le=10_000, description="The most ids that nodes(ids:) takes.")
    persisted_query_bytes: int = Field(
        ge=0, le=1 << 30, description="Memory for automatic persisted queries, in bytes; 0 turns them off."
    )
    max_subscriptions: int = Field(ge=0, le=100_000, description="The most operations in progress on one WebSocket.")
    connection_init_seconds: float = Field(
        ge=0.1, le=3600, description="Seconds within which a client has to send connection_init on its WebSocket."
    )
    trusted_documents: Annotated[Path | None, BeforeValidator(absolute)] = Field(
        description="A JSON file of the only documents that are executed; null executes any.",
        json_schema_extra={"allowed": "a file, absolute or relative to the current folder, or null", "format": "path"},
    )

    @property
    def offers_graphiql(self) -> bool:
        """Whether there is a page on which to write documents, which then are taken."""
        return self.graphiql and self.trusted_documents is None


class LimitSettings(Section):
    """How much one request may ask for."""

    body_bytes: int = Field(ge=1024, le=1 << 30, description="The largest request body, in bytes.")
    uri_bytes: int = Field(ge=1024, le=65535, description="The longest request target, query included, in bytes.")
    header_bytes: int = Field(
        ge=1024, le=1 << 20, description="The largest total size of the request headers, in bytes."
    )
    request_seconds: float = Field(
        ge=0.1, le=3600, description="Seconds from a request's head to the beginning of its answer."
    )
    concurrent_requests: int = Field(ge=1, le=100_000, description="Requests that are processed at the same time.")
    requests_per_client: int = Field(
        ge=0,
        le=100_000,
        description="Requests in progress that one address may have, also those still being received; 0 is no limit.",
    )
    body_bytes_per_second: float = Field(
        ge=1,
        le=1 << 30,
        description="The lowest rate at which the body of an import may arrive, besides request_seconds of pauses.",
    )
    streams: int = Field(ge=0, le=1_000_000, description="Streams of changes that may be open at the same time.")
    heartbeat_seconds: float = Field(
        ge=0.1, le=3600, description="Seconds without changes after which a stream sends a heartbeat."
    )
    wait_seconds: float = Field(
        ge=0, le=3600, description="The most seconds that a request waits for a change on an empty page."
    )
    poll_seconds: float = Field(
        ge=0.05, le=3600, description="Seconds between polls for changes that arrived without a notification."
    )
    as_of_seconds: float = Field(
        ge=0, le=3600, description="Seconds that a request waits until the state at a recent `as_of` is final."
    )
    json_depth: int = Field(ge=1, le=MAX_DEPTH, description="How deep arrays and objects may be nested in JSON.")
    json_values: int = Field(
        ge=1000, le=10_000_000, description="The most values, arrays and objects that one JSON text may have."
    )
    filter_depth: int = Field(ge=1, le=50, description="How many levels of and, or, not and any a filter may have.")
    filter_values: int = Field(ge=1, le=100_000, description="The most values that a filter may compare with.")
    groups: int = Field(ge=1, le=100_000, description="The most groups of an aggregate.")
    order_keys: int = Field(ge=1, le=16, description="The most keys of the order of a list, or of groups.")
    batch_operations: int = Field(ge=1, le=100_000, description="The most operations of one batch.")
    idempotency_hours: int = Field(
        ge=1, le=8760, description="For how many hours a request with an Idempotency-Key gets its first answer again."
    )
    page_size_default: int = Field(ge=1, le=10_000, description="Items on a page when the request names no limit.")
    page_size_max: int = Field(ge=1, le=10_000, description="The most items on a page.")
    large_requests: int = Field(
        ge=1,
        le=1000,
        description="The most requests with large bodies or answers that one process works on at the same time.",
    )
    held_bytes: int = Field(
        ge=1 << 20,
        le=1 << 40,
        description="The most bytes that one process holds of bodies and messages, and as many of untaken answers.",
    )
    page_bytes: int = Field(
        ge=65_536, le=1 << 30, description="The most bytes of payloads on a page of records; one record always comes."
    )

    @field_validator("page_size_max", mode="after")
    @classmethod
    def _holds_the_default(cls, page_size_max: int, info: ValidationInfo) -> int:
        if page_size_max < info.data.get("page_size_default", 0):
            raise ValueError("is less than limits.page_size_default")
        return page_size_max


class LinkSettings(Section):
    """What links between records mean for the records."""

    on_delete: Literal["restrict", "detach"] = Field(
        description="What becomes of a record that others link to when it is deleted: restrict keeps it, detach takes "
        "the links away with it."
    )


class AdviceSettings(Section):
    """When the service tells which index a question lacks."""

    always_advise: bool = Field(
        description="Whether every answer has index advice, instead of only those to `Prefer: explain`."
    )
    large_collection: int = Field(
        ge=0, le=1_000_000_000, description="The number of records from which on a collection gets index advice."
    )


class TypingSettings(Section):
    """How many typed collections there may be, how large one may be, and how its documents are checked."""

    max_collections: int = Field(ge=0, le=10_000, description="The most typed collections.")
    max_members: int = Field(ge=1, le=10_000, description="The most members of all types of one collection together.")
    max_depth: int = Field(ge=1, le=50, description="How deep the types of one collection may be nested.")
    unique_rules: int = Field(ge=0, le=100, description="The most unique rules of one collection.")
    references: int = Field(ge=0, le=100, description="The most references of one collection.")
    documents_per_part: int = Field(
        ge=1, le=100_000, description="Documents that are held against a schema at a time, while other requests go on."
    )


class WebhookSettings(Section):
    """Whom the service calls, and how hard it tries."""

    deliver: bool = Field(description="Whether this process delivers webhooks; another may do it instead.")
    allowed_hosts: Annotated[tuple[str, ...], BeforeValidator(allow_lists.hosts)] = Field(
        description="Hosts that webhooks may call (adr/0047).",
        json_schema_extra={"allowed": "host names and IP addresses without ports, *.NAME or *, with commas between"},
    )
    timeout_seconds: float = Field(ge=0.1, le=300, description="Seconds that a receiver has to answer.")
    most_failures: int = Field(ge=1, le=1000, description="Failures after which a message is given up.")
    first_delay_seconds: float = Field(
        ge=0.01,
        le=3600,
        description="The most seconds from the first failure to the next attempt; doubled with each failure.",
    )
    longest_delay_seconds: float = Field(
        ge=0.01, le=86400, description="The most seconds from one attempt to the next."
    )


class ObservabilitySettings(Section):
    """What the service tells about itself."""

    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = Field(
        description="The least severe messages that are logged; upper or lower case."
    )
    log_format: Literal["text", "json"] = Field(description="Lines for people to read, or one JSON object a line.")
    access_log: bool = Field(description="Whether each request gets a line in the log, without its query and body.")
    metrics: bool = Field(description="Whether GET /metrics answers with metrics for Prometheus.")
    otlp_endpoint: str | None = Field(
        pattern=r"^https?://",
        description="An OpenTelemetry collector that takes traces by OTLP over HTTP; null makes none.",
        json_schema_extra={"allowed": "http://HOST:4318, to which /v1/traces is added, or null", "format": "uri"},
    )
    otlp_traces_endpoint: str | None = Field(
        pattern=r"^https?://",
        description="The whole URL for traces, if it is not otlp_endpoint with /v1/traces added.",
        json_schema_extra={"allowed": "http://HOST:4318/v1/traces, or null", "format": "uri"},
    )


class Settings(Section):
    """The whole configuration, validated."""

    server: ServerSettings
    database: DatabaseSettings
    graphql: GraphQLSettings
    limits: LimitSettings
    links: LinkSettings
    advice: AdviceSettings
    typing: TypingSettings
    webhooks: WebhookSettings
    observability: ObservabilitySettings
