#include "CResources.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const uint8_t openapi[] = {
#embed "../../openapi.yaml"
};

static const uint8_t surrogate[] = {
#embed "surrogate.bin"
};

struct plateau_resource plateau_openapi(void) {
    return (struct plateau_resource){openapi, sizeof openapi};
}

struct plateau_resource plateau_surrogate(void) {
    return (struct plateau_resource){surrogate, sizeof surrogate};
}
