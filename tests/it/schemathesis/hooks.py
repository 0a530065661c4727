# What the checks of schemathesis do not know of this API.
import math

import schemathesis


def whole(value):
    """Numbers without a fraction as JSON writers write them: `1`, not `1.0`, which this API does not take for whole."""
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [whole(item) for item in value]
    if isinstance(value, dict):
        return {name: whole(item) for name, item in value.items()}
    return value


@schemathesis.hook
def map_body(context, body):
    return whole(body)


@schemathesis.check
def what_the_document_allows_is_read(ctx, response, case):
    """A request that fits the document may be refused for what it means, never because it cannot be read."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 422:
        return
    code = response.json().get("code")
    assert code not in ("body_invalid", "query_invalid", "parameter_unknown"), f"refused as unreadable: {response.text[:500]}"
